// Runs before the first paint. The app's own code takes over in src/state/theme.ts.
try {
  const chosen = localStorage.getItem('soma.theme')
  if (chosen === 'light' || chosen === 'dark') {
    document.documentElement.dataset.theme = chosen
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.content = chosen === 'dark' ? '#111113' : '#fcfcfb'
  }
} catch {
  // Storage is blocked: the system's theme applies.
}
