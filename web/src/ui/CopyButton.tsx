import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { announce } from '../state/announce.ts'
import { showToast } from '../state/toast.ts'
import { ui } from '../strings/ui.ts'

interface Props {
  /** The text, or a function that returns it at the click. */
  readonly text: string | (() => string)
  readonly label: string
  readonly testId: string
  readonly caption?: string
}

/** Copies a text; confirms with an icon and an announcement. */
export function CopyButton({ text, label, testId, caption }: Props) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text())
      setCopied(true)
      announce(ui.copy.done)
    } catch {
      showToast(ui.copy.failed, 'error')
    }
  }
  return (
    <button
      type="button"
      className={caption ? 'quiet with-caption' : 'quiet icon'}
      onClick={copy}
      aria-label={copied ? ui.copy.done : label}
      title={label}
      data-testid={testId}
    >
      {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      {caption && <span>{copied ? ui.copy.done : caption}</span>}
    </button>
  )
}
