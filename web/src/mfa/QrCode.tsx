import { useMemo } from 'react'
import { encode } from 'uqr'

/** The standard's quiet zone, in modules. */
const quiet = 4

/** Whole pixels a module, so that none is wider than another; as many as keep it about this wide. */
const aboutPixels = 188

/** Dark on light in every theme: not every camera reads it the other way round. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => {
    const { data, size } = encode(text, { ecc: 'L', border: quiet })
    const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
    return { size, path }
  }, [text])
  const scale = Math.max(2, Math.round(aboutPixels / size))
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
