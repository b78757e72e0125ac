import { useEffect, useState } from 'react'

/** How long the button waits for the second click. */
const confirmMs = 5_000

interface Props {
  readonly label: string
  /** Replaces `label` after the first click. */
  readonly confirmLabel: string
  readonly onConfirm: () => void
  readonly disabled?: boolean
}

/** A button for an action that cannot be undone. It acts on the second click. */
export function ConfirmButton({ label, confirmLabel, onConfirm, disabled }: Props) {
  const [armed, setArmed] = useState(false)
  useEffect(() => {
    if (!armed) return
    const timer = setTimeout(() => setArmed(false), confirmMs)
    return () => clearTimeout(timer)
  }, [armed])
  return (
    <button
      type="button"
      className={armed ? 'button small danger' : 'button small'}
      disabled={disabled}
      onBlur={() => setArmed(false)}
      onClick={() => {
        setArmed(!armed)
        if (armed) onConfirm()
      }}
    >
      {armed ? confirmLabel : label}
    </button>
  )
}
