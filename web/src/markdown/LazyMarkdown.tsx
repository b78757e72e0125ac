/** Loads the renderer of markdown beside the app, so that the composer does not wait for it. */
import type { ComponentType } from 'react'
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
void import('./Markdown.tsx').then(
  (loaded) => renderer.set(loaded),
  // Answers are plain text until a reload.
  () => renderer.set(plain),
)

/** Whether answers can be shown. */
export const useMarkdownReady = (): boolean => useSignal(renderer) !== null

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
