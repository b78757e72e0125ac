import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { announce } from '../state/announce.ts'
import { showToast } from '../state/toast.ts'

interface Props {
  /** What is copied, or how to find it when it is asked for. */
  readonly text: string | (() => string)
  readonly label: string
  readonly testId: string
  readonly caption?: string
}

/** Copies, and says so to the eye and to the ear. */
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
      announce('Copied')
    } catch {
      showToast('Your browser did not allow copying. Select the text and copy it by hand.', 'error')
    }
  }
  return (
    <button
      type="button"
      className={caption ? 'quiet with-caption' : 'quiet icon'}
      onClick={copy}
      aria-label={copied ? 'Copied' : label}
      title={label}
      data-testid={testId}
    >
      {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      {caption && <span>{copied ? 'Copied' : caption}</span>}
    </button>
  )
}
