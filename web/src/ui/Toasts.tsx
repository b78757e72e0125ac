import { X } from 'lucide-react'
import { useSignal } from '../state/signal.ts'
import { toast } from '../state/toast.ts'

export function Toasts() {
  const current = useSignal(toast)
  return (
    <div className="toasts" role={current?.tone === 'error' ? 'alert' : 'status'}>
      {current && (
        <div className="toast" data-tone={current.tone} data-testid="toast">
          <span>{current.text}</span>
          <button type="button" className="quiet icon" aria-label="Dismiss" onClick={() => toast.set(null)}>
            <X aria-hidden />
          </button>
        </div>
      )}
    </div>
  )
}
