import type { FindingText } from './finding-text.ts';

/**
 * About the zip file somebody uploaded and the files in it. `entry` is a file in it; `limit`, `size` and `packed` are
 * amounts with their unit.
 */
export const ARTIFACT_FINDINGS = {
  'artifact/not-a-zip': {
    severity: 'block',
    title: 'This is not a zip file',
    why: 'Cottage takes your site as one zip file. This file looks like {kind}.',
    fix: 'In your tool, export the site again as a zip file, then press Publish.',
  },
  'artifact/empty': {
    severity: 'block',
    title: 'The zip file is empty',
    why: 'There is nothing in it that we could show to visitors.',
    fix: 'In your tool, check that your app has at least one page, export it again and press Publish.',
  },
  'artifact/truncated': {
    severity: 'block',
    title: 'The end of the zip file is missing',
    why: 'This often happens when a download or an upload breaks off.',
    fix: 'In your tool, export the site again, wait until it has finished, then press Publish.',
  },
  'artifact/too-large': {
    severity: 'block',
    title: 'The zip file is larger than {limit}',
    why: 'It has at least {size}. Large sites open slowly, so there is one limit for everybody.',
    fix: 'Make large pictures and videos smaller or take them out, then export again and press Publish.',
  },
  'artifact/unpacked-too-large': {
    severity: 'block',
    title: 'The site is larger than {limit} once it is unpacked',
    why: 'The zip file itself is small enough, but its files together have {size}.',
    fix: 'Make large pictures and videos smaller, or take out files you don’t need, then export again and press Publish.',
  },
  'artifact/too-many-files': {
    severity: 'block',
    title: 'The site has more than {limit} files',
    why: 'It has {files}. So many usually means that working files of your tool came along.',
    fix: 'Export only the finished site, without the working files, then press Publish.',
  },
  'artifact/ratio': {
    severity: 'block',
    title: '“{entry}” grows far too much when unpacked',
    why: 'It would grow from {packed} to {size}. Files packed like this can fill up a whole computer, so we don’t open them.',
    fix: 'Replace this file or take it out, then export again and press Publish.',
  },
  'artifact/path-too-long': {
    severity: 'block',
    title: 'A file name is too long',
    why: 'With its folders, “{entry}” has more than {limit} characters. Some computers can’t handle that.',
    fix: 'Give the file or its folders shorter names, then export again and press Publish.',
  },
  'artifact/path-too-deep': {
    severity: 'block',
    title: 'A file lies inside too many folders',
    why: '“{entry}” is more than {limit} folders deep, which mostly happens by mistake.',
    fix: 'Move the file closer to the top of your site, then export again and press Publish.',
  },
  'artifact/path-traversal': {
    severity: 'block',
    title: 'A file wants to be outside your site',
    why: '“{entry}” leads outside your site’s own folder, or some computers would read it so, and it could overwrite something there.',
    fix: 'In your tool, export the site again and press Publish. If this comes back, ask your platform team.',
  },
  'artifact/link': {
    severity: 'block',
    title: '“{entry}” is a shortcut, not a file',
    why: 'A shortcut leads to something on your own computer, which visitors can’t reach.',
    fix: 'Put the real file in place of the shortcut, then export again and press Publish.',
  },
  'artifact/special-file': {
    severity: 'block',
    title: '“{entry}” is not an ordinary file',
    why: 'A site is made of ordinary files. This one belongs to the inside of a computer.',
    fix: 'Take this file out, then export again and press Publish.',
  },
  'artifact/encrypted': {
    severity: 'block',
    title: '“{entry}” is locked with a password',
    why: 'We can’t look inside, so we can neither check it nor show it.',
    fix: 'Export the site again without a password, then press Publish.',
  },
  'artifact/multi-disk': {
    severity: 'block',
    title: 'The zip file was split into several parts',
    why: 'We got only one of the parts, and your site needs them all.',
    fix: 'Export the site again as one single zip file, then press Publish.',
  },
  'artifact/unknown-method': {
    severity: 'block',
    title: '“{entry}” is packed in an unusual way',
    why: 'We can’t open it. Ordinary zip files work everywhere, some newer kinds don’t.',
    fix: 'In your tool, export the site again as an ordinary zip file, then press Publish.',
  },
  'artifact/crc': {
    severity: 'block',
    title: '“{entry}” is damaged',
    why: 'Its content is not what the zip file announces. This happens when a download breaks off.',
    fix: 'In your tool, export the site again, then press Publish.',
  },
  'artifact/size-mismatch': {
    severity: 'block',
    title: 'The zip file contradicts itself',
    why: 'It announces one size and holds another, so something in it is damaged.',
    fix: 'In your tool, export the site again, then press Publish.',
  },
  'artifact/overlap': {
    severity: 'block',
    title: 'Two files lie on top of each other',
    why: 'Inside the zip file they share one place, which no ordinary tool ever makes.',
    fix: 'In your tool, export the site again, then press Publish.',
  },
  'artifact/duplicate-name': {
    severity: 'block',
    title: '“{entry}” is there twice',
    why: 'We can’t know which of the two your visitors should see.',
    fix: 'Remove one of the two files, then export again and press Publish.',
  },
  'artifact/name-collision': {
    severity: 'block',
    title: 'Two files have almost the same name',
    why: '“{entry}” and “{other}” differ so little that many computers take them for one file.',
    fix: 'Rename one of the two and the links to it, then export again and press Publish.',
  },
  'artifact/name-invalid': {
    severity: 'block',
    title: 'A file name can’t be used',
    why: 'Some signs in “{entry}” don’t work in web addresses or on every computer.',
    fix: 'Rename the file with letters, digits, hyphens and dots only, then export again and press Publish.',
  },
  'artifact/file-too-large': {
    severity: 'block',
    title: '“{entry}” is larger than {limit}',
    why: 'It has {size}. A file this large opens slowly, so there is one limit for everybody.',
    fix: 'Make the file smaller or take it out, then export again and press Publish.',
  },
  'artifact/index-missing': {
    severity: 'block',
    title: 'We could not find your first page',
    why: 'Visitors start at the page called index.html at the top of your site. Pages we found: {found}.',
    fix: 'Rename your first page to index.html, put it at the top of the site, export again and press Publish.',
  },
  'artifact/source-not-build': {
    severity: 'block',
    title: 'These are the working files, not the finished site',
    why: '“{folder}” belongs to what your app is made from. Browsers need the site your tool makes from it.',
    fix: 'In your tool, choose Build or Export, zip the folder it makes, then press Publish.',
  },
  'artifact/changed': {
    severity: 'block',
    title: 'The file is no longer the one you sent',
    why: 'It changed after we had accepted it, so we did not use it.',
    fix: 'Press Publish again to send the current file.',
  },
  'artifact/reserved-path': {
    severity: 'warn',
    title: 'Some files can’t be opened by visitors',
    why: 'Cottage itself answers at these addresses, so nobody gets your files there: {files}.',
    fix: 'Move them to a folder with another name and correct the links, if your site needs them.',
  },
  'artifact/wrapped': {
    severity: 'info',
    title: 'We opened the outer folder for you',
    why: 'All your files were inside “{folder}”, so that folder is now the top of your site.',
    fix: 'Carry on, there is nothing to do.',
  },
  'artifact/clutter-removed': {
    severity: 'info',
    title: 'We left out files that visitors don’t need',
    why: 'Your computer or your tool had added them: {files}.',
    fix: 'Carry on, there is nothing to do.',
  },
  'artifact/hook-added': {
    severity: 'info',
    title: 'We added one line to your pages',
    why: 'It reports errors and slow pages, so that you learn of them first.',
    fix: 'Carry on, there is nothing to do.',
  },
} as const satisfies Record<string, FindingText>;
