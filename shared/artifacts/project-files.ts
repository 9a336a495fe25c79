/**
 * How to tell the files an app is made from: by a file that only the tool that makes the app reads. Looked for at the
 * top, where such tools want it.
 */

/** Settings of tools that make a site out of sources. */
const SITE_MAKERS = [
  // Vite, Next.js, Nuxt, SvelteKit, Astro and whatever else is set up by a script.
  /^(vite|next|nuxt|svelte|astro|webpack|rollup|vue|docusaurus|eleventy|quasar|rsbuild|farm|react-router|remix)\.config\.[cm]?[jt]s$/,
  /^gatsby-config\.[cm]?[jt]s$/,
  /^(angular|\.angular-cli|elm|ionic\.config)\.json$/,
  /^\.eleventy\.[cm]?js$/,
  // Hugo, Zola and mdBook; Jekyll; MkDocs; Quarto; Pelican.
  /^(hugo\.(toml|ya?ml|json)|book\.toml)$/,
  /^_config\.ya?ml$/,
  /^(mkdocs|_quarto)\.ya?ml$/,
  /^pelicanconf\.py$/,
  /^pubspec\.ya?ml$/,
];

/** What programs that run on a server are made of. */
const PROGRAMS = [
  // Python, PHP, Ruby, Java and Kotlin, .NET, Go, Rust, Elixir, and containers of any of them.
  /^(requirements\.txt|pyproject\.toml|Pipfile|manage\.py|app\.py|main\.py|streamlit_app\.py)$/,
  /^(composer\.json|index\.php|artisan)$/,
  /^(Gemfile|config\.ru)$/,
  /^(pom\.xml|build\.gradle(\.kts)?)$/,
  /^[^/]+\.(csproj|fsproj|vbproj|sln)$/,
  /^(go\.mod|Cargo\.toml|mix\.exs)$/,
  /^Dockerfile$/,
];

/** Languages no browser runs, though they are made for pages. */
const BUILT_LANGUAGE = /\.(tsx|jsx|vue|svelte|astro)$/;

/** The file that tells that a site is yet to be made of these, if there is one. */
export function siteSource(paths: Iterable<string>): string | undefined {
  return firstOf(paths, SITE_MAKERS) ?? firstOf(paths, [BUILT_LANGUAGE]);
}

/** The file that tells that these are a program for a server, if there is one. */
export function programSource(paths: Iterable<string>): string | undefined {
  return firstOf(paths, PROGRAMS);
}

const firstOf = (paths: Iterable<string>, patterns: readonly RegExp[]): string | undefined =>
  [...paths].toSorted().find((path) => patterns.some((pattern) => pattern.test(path)));
