'use strict';

// The page works without this file. With it, it greets by the time of day and keeps a list.

const hour = new Date().getHours();
const [time, greeting] =
  hour < 5 ? ['night', 'Good evening!']
  : hour < 12 ? ['morning', 'Good morning!']
  : hour < 18 ? ['day', 'Good afternoon!']
  : hour < 22 ? ['evening', 'Good evening!']
  : ['night', 'Good evening!'];
document.documentElement.dataset.time = time;
document.getElementById('greeting').textContent = greeting;

const list = document.getElementById('list');
const summary = document.getElementById('summary');
const form = document.getElementById('add');
const field = document.getElementById('thing');

/** Where the browser keeps the list. */
const KEY = 'picnic';

/** The things on the list: what each is, and whether somebody has it. At first, what the page itself names. */
let things = load() ?? Array.from(list.children, (item) => ({ name: item.textContent, done: false }));

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept.filter((thing) => typeof thing.name === 'string');
  } catch {
    // Nothing is kept yet, or nothing we could use.
    return null;
  }
}

function save() {
  try {
    localStorage.setItem(KEY, JSON.stringify(things));
  } catch {
    // Then the list lasts as long as the page is open.
  }
}

function show() {
  list.replaceChildren(...things.map(itemFor));
  const done = things.filter((thing) => thing.done).length;
  summary.textContent = things.length === 0 ? 'Nothing on the list yet.' : `${done} of ${things.length} done.`;
}

function itemFor(thing) {
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.checked = thing.done;
  box.addEventListener('change', () => {
    thing.done = box.checked;
    change();
    list.querySelectorAll('input')[things.indexOf(thing)].focus();
  });

  const name = document.createElement('span');
  name.textContent = thing.name;
  const label = document.createElement('label');
  label.append(box, name);

  const remove = document.createElement('button');
  remove.type = 'button';
  remove.textContent = 'Remove';
  remove.setAttribute('aria-label', `Remove ${thing.name}`);
  remove.addEventListener('click', () => {
    things = things.filter((other) => other !== thing);
    change();
    field.focus();
  });

  const item = document.createElement('li');
  item.append(label, remove);
  return item;
}

function change() {
  save();
  show();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const name = field.value.trim();
  if (name === '') return;
  things.push({ name, done: false });
  form.reset();
  change();
});

form.hidden = false;
show();
