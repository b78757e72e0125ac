import { useMemo } from 'react'
import { encode } from 'uqr'

/** Width of the quiet zone that the standard asks for, in modules. */
const quietZone = 4

/** Target width in pixels. A module has a whole number of pixels, so that all are equally wide. */
const targetPixels = 188

/** A QR code, dark on light in every theme: not every camera reads an inverted one. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => {
    const { data, size } = encode(text, { ecc: 'L', border: quietZone })
    const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
    return { size, path }
  }, [text])
  const scale = Math.max(2, Math.round(targetPixels / size))
  return (
    <svg
      className="qr"
      width={size * scale}
      height={size * scale}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
      data-testid="qr"
    >
      <path d={path} />
    </svg>
  )
}
