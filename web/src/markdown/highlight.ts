/** Colours code when the page has nothing better to do. The highlighter loads with the first finished block. */

/** Beyond this, colour is not worth the wait. */
const mostUnits = 200_000
/** Longer blocks are coloured off the main thread. */
const mostLinesHere = 200

let worker: Worker | null = null
let asked = 0

/** Calls back with HTML, unless the language is unknown or `cancel` (the return value) was called first. */
export function highlightSoon(text: string, language: string, done: (html: string) => void): () => void {
  if (language === '' || text.length > mostUnits) return () => undefined
  let wanted = true
  const cancel = () => {
    wanted = false
  }
  const answer = (html: string | null) => {
    if (wanted && html !== null) done(html)
  }
  const begin = () => {
    if (!wanted) return
    if (text.split('\n').length > mostLinesHere) inWorker(text, language, answer)
    // Without colours it is the same code: a highlighter that does not load is not worth a word.
    else
      void import('./languages.ts').then(
        ({ highlight }) => wanted && answer(highlight(text, language)),
        () => undefined,
      )
  }
  if ('requestIdleCallback' in window) requestIdleCallback(begin, { timeout: 1_000 })
  else setTimeout(begin, 50)
  return cancel
}

function inWorker(text: string, language: string, answer: (html: string | null) => void): void {
  worker ??= new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' })
  const id = ++asked
  const listen = ({ data }: MessageEvent<{ id: number; html: string | null }>) => {
    if (data.id !== id) return
    worker?.removeEventListener('message', listen)
    answer(data.html)
  }
  worker.addEventListener('message', listen)
  worker.postMessage({ id, text, language })
}
