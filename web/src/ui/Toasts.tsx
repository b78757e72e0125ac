import { X } from 'lucide-react'
import { useSignal } from '../state/signal.ts'
import { toast } from '../state/toast.ts'

export function Toasts() {
  const shown = useSignal(toast)
  return (
    <div className="toasts" role={shown?.tone === 'error' ? 'alert' : 'status'}>
      {shown && (
        <div className="toast" data-tone={shown.tone} data-testid="toast">
          <span>{shown.text}</span>
          <button type="button" className="quiet icon" aria-label="Dismiss" onClick={() => toast.set(null)}>
            <X aria-hidden />
          </button>
        </div>
      )}
    </div>
  )
}
