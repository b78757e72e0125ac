/** Highlights long code in a worker. */
import { highlight } from './languages.ts'

addEventListener('message', ({ data }: MessageEvent<{ id: number; text: string; language: string }>) => {
  postMessage({ id: data.id, html: highlight(data.text, data.language) })
})
