/** Loads the renderer of markdown beside the app, so that the composer does not wait for it. */
import { type ComponentType, useEffect } from 'react'
import { signal, useSignal } from '../state/signal.ts'

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

let isLoading = false
function load(): void {
  if (isLoading) return
  isLoading = true
  import('./Markdown.tsx').then(
    (loaded) => renderer.set(loaded),
    // Answers are plain text until a reload.
    () => renderer.set(plain),
  )
}

/** Longest wait for an idle moment. Milliseconds. */
const idleMs = 1_000
// A conversation needs it at once. On other pages it would delay the first paint.
if (location.pathname.startsWith('/c/')) load()
else if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: idleMs })
else setTimeout(load, idleMs)

/** Whether answers can be shown. Loads the renderer if it is not there yet. */
export function useMarkdownReady(): boolean {
  useEffect(load, [])
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
