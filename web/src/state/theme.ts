/** The theme: light, dark or the system's. `public/theme.js` applies the same key before the first paint. */
import { signal } from './signal.ts'

export type Theme = 'system' | 'light' | 'dark'
const key = 'soma.theme'

/** The background, for the browser's own bars. As in `index.html` and `theme.js`. */
const barColors = { light: '#fcfcfb', dark: '#111113' } as const

const storedTheme = (): Theme => {
  try {
    const chosen = localStorage.getItem(key)
    return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
  } catch {
    return 'system'
  }
}

export const theme = signal<Theme>(storedTheme())

const applyTheme = (chosen: Theme) => {
  theme.set(chosen)
  if (chosen === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]'))
    meta.content = barColors[chosen === 'system' ? (meta.media.includes('dark') ? 'dark' : 'light') : chosen]
}

export function chooseTheme(chosen: Theme): void {
  applyTheme(chosen)
  try {
    if (chosen === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, chosen)
  } catch {
    // Storage is blocked: the theme lasts until the page closes.
  }
}

// Another tab may have changed the theme before this module was loaded.
applyTheme(theme.get())

// Another tab changed the theme.
addEventListener('storage', (event) => {
  if (event.key === key) applyTheme(storedTheme())
})
