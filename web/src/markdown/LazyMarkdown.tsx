/** Loads the renderer of markdown beside the app, so that the composer does not wait for it. */
import { type ComponentType, useEffect } from 'react'
import { pause } from '../../../shared/lib/timeout.ts'
import { signal, useSignal } from '../state/signal.ts'
import { formatTenths } from '../strings/format.ts'

interface Renderer {
  readonly Markdown: ComponentType<{ readonly text: string; readonly done: boolean }>
  readonly MessageText: ComponentType<{ readonly text: string }>
}

const plain: Renderer = {
  Markdown: ({ text }) => (
    <div className="plain" data-testid="answer-text" dir="auto">
      {text}
    </div>
  ),
  MessageText: ({ text }) => text,
}

const renderer = signal<Renderer | null>(null)

/** Pauses before the attempts to load it. Until one succeeds, answers are plain text. Milliseconds. */
const retryMs = [0, 2_000, 5_000, 15_000, 60_000]

let isLoading = false
async function load(): Promise<void> {
  if (isLoading) return
  isLoading = true
  for (const ms of retryMs) {
    if (ms > 0) await pause(ms).done
    try {
      // Not `import(…).then(…)`: the build would move the handlers into the import, and a style that fails to load would skip them.
      const loaded = await import('./Markdown.tsx')
      renderer.set(loaded)
      if (!inConversation()) whenIdle(() => warmUp(loaded))
      return
    } catch {
      renderer.set(plain)
    }
  }
  isLoading = false
}

/** Does what would make the first turns of a page slow: it compiles the patterns of Markdown, and creates the formatter of numbers. */
function warmUp(loaded: { warmUp(): void }): void {
  loaded.warmUp()
  formatTenths(0)
}

/** Longest wait for an idle moment. Milliseconds. */
const idleMs = 1_000
// A conversation needs it at once. On other pages it would delay the first paint.
const loadSoon = () => void load()
if (inConversation()) loadSoon()
else whenIdle(loadSoon)

function inConversation(): boolean {
  return location.pathname.startsWith('/c/')
}

function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: idleMs })
  else setTimeout(work, idleMs)
}

/** Whether answers can be shown. Loads the renderer if it is not there yet. */
export function useMarkdownReady(): boolean {
  useEffect(loadSoon, [])
  return useSignal(renderer) !== null
}

/** Renders an answer's markdown. `done`: the text is complete. */
export function Markdown(props: { readonly text: string; readonly done: boolean }) {
  const { Markdown: Loaded } = useSignal(renderer) ?? plain
  return <Loaded {...props} />
}

/** Renders a user's message: code as code, and anything else as it was typed. */
export function MessageText({ text }: { readonly text: string }) {
  const loaded = useSignal(renderer)
  return loaded && /[`~]/.test(text) ? <loaded.MessageText text={text} /> : text
}
