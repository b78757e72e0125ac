import { File as FileIcon, FileImage, FileText } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { DraftFile } from '../state/draft-files.ts'
import { sourceOf } from './upload.ts'

/** Edge of a thumbnail. CSS pixels. */
const edgePx = 40
/** A larger image is not read for its thumbnail: it would block the page. Bytes. */
const maxImageBytes = 20_000_000

/** A small picture of an image that is uploaded from this page, else an icon. The policy of the page allows no other image than the server's. */
export function Thumbnail({ file }: { readonly file: DraftFile }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const source = sourceOf(file.key)
  const isImage = source?.type.startsWith('image/') === true && source.size <= maxImageBytes
  useEffect(() => {
    if (isImage && source) void draw(source, canvas.current)
  }, [isImage, source])
  if (isImage)
    return <canvas ref={canvas} className="file-thumbnail" width={2 * edgePx} height={2 * edgePx} aria-hidden data-testid="thumbnail" />
  const mime = file.ref?.mime ?? source?.type ?? ''
  const Icon = mime.startsWith('image/') ? FileImage : mime.startsWith('text/') || mime === 'application/pdf' ? FileText : FileIcon
  return (
    <span className="file-thumbnail">
      <Icon aria-hidden />
    </span>
  )
}

/** Draws the middle of an image. One that cannot be read stays blank. */
async function draw(source: File, canvas: HTMLCanvasElement | null): Promise<void> {
  const image = await createImageBitmap(source).catch(() => null)
  if (image === null) return
  const edge = Math.min(image.width, image.height)
  canvas
    ?.getContext('2d')
    ?.drawImage(image, (image.width - edge) / 2, (image.height - edge) / 2, edge, edge, 0, 0, canvas.width, canvas.height)
  if (canvas) canvas.dataset.drawn = 'true'
  image.close()
}
