/** Highlights code while the page is idle. The highlighter loads with the first finished block. */
import { loadPart } from '../ui/load-part.ts'

/** Longest code that is highlighted, in UTF-16 units. */
const maxUnits = 200_000
/** Longer blocks are highlighted in a worker. */
const maxMainThreadLines = 200

let worker: Worker | null = null
let lastId = 0

/** Calls `done` with HTML, unless the language is unknown. Returns a function that cancels the call. */
export function highlightSoon(text: string, language: string, done: (html: string) => void): () => void {
  if (language === '' || text.length > maxUnits) return () => undefined
  let cancelled = false
  const cancel = () => {
    cancelled = true
  }
  const answer = (html: string | null) => {
    if (!cancelled && html !== null) done(html)
  }
  const begin = () => {
    if (cancelled) return
    if (text.split('\n').length > maxMainThreadLines) inWorker(text, language, answer)
    // A highlighter that fails to load leaves the code plain.
    else
      void loadPart(() => import('./languages.ts')).then(
        ({ highlight }) => !cancelled && answer(highlight(text, language)),
        () => undefined,
      )
  }
  if ('requestIdleCallback' in window) requestIdleCallback(begin, { timeout: 1_000 })
  else setTimeout(begin, 50)
  return cancel
}

function inWorker(text: string, language: string, answer: (html: string | null) => void): void {
  worker ??= new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' })
  const id = ++lastId
  const listen = ({ data }: MessageEvent<{ id: number; html: string | null }>) => {
    if (data.id !== id) return
    worker?.removeEventListener('message', listen)
    answer(data.html)
  }
  worker.addEventListener('message', listen)
  worker.postMessage({ id, text, language })
}
