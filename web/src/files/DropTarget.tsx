import { Upload } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { files as texts } from '../strings/files.ts'

/** While files are over the page, browsers say so at least this often. Milliseconds. */
const quietMs = 400

/** Takes files that are dropped anywhere on the page, and says so while they are dragged over it. Text is dropped where it was. */
export function DropTarget({ onDrop }: { readonly onDrop: (files: readonly File[]) => void }) {
  const [isOver, setOver] = useState(false)
  const drop = useRef(onDrop)
  drop.current = onDrop
  useEffect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const on = (type: 'dragover' | 'drop', run: (event: DragEvent) => void) =>
      addEventListener(type, (event) => event.dataTransfer?.types.includes('Files') && run(event), { signal: stop.signal })
    on('dragover', (event) => {
      event.preventDefault()
      setOver(true)
      clearTimeout(timer)
      timer = setTimeout(() => setOver(false), quietMs)
    })
    on('drop', (event) => {
      clearTimeout(timer)
      setOver(false)
      // A file field takes its files itself.
      if (event.target instanceof HTMLInputElement) return
      event.preventDefault()
      drop.current([...(event.dataTransfer?.files ?? [])])
    })
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [])
  if (!isOver) return null
  return (
    <div className="drop-target" data-testid="drop-target">
      <Upload aria-hidden />
      {texts.dropHere}
    </div>
  )
}
