// Asks who is signed in while the app's code is loading. The app takes the response in src/state/early.ts, unless it has asked itself.
if (window.somaMe === undefined) {
  window.somaMe = fetch('/v1/me', { headers: { accept: 'application/json' } })
  window.somaMe.catch(() => undefined)
}
