// Runs before the first paint. The app's own code takes over in src/state/theme.ts.
try {
  const chosen = localStorage.getItem('soma.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch {
  // Storage is blocked: the system's theme applies.
}
