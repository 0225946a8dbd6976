/** Light or dark: the system's, until the reader chooses one; the choice is kept in this browser. */
import { effect, signal } from '@preact/signals';

type Theme = 'light' | 'dark';

const KEY = 'headwaters-theme';

function keptTheme(): Theme | undefined {
  const asked = new URLSearchParams(location.search).get('theme') ?? localStorage.getItem(KEY);
  return asked === 'light' || asked === 'dark' ? asked : undefined;
}

const chosen = signal<Theme | undefined>(keptTheme());
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const system = signal<Theme>(systemDark.matches ? 'dark' : 'light');
systemDark.addEventListener('change', ({ matches }) => {
  system.value = matches ? 'dark' : 'light';
});

/** Charts read it to draw themselves again. */
export const theme = {
  get value(): Theme {
    return chosen.value ?? system.value;
  },
};

effect(() => {
  if (chosen.value) document.documentElement.dataset.theme = chosen.value;
});

export function switchTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(KEY, chosen.value);
}
