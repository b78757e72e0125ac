import { X } from 'lucide-react'
import { Suspense } from 'react'
import { useSignal } from '../state/signal.ts'
import { toast } from '../state/toast.ts'
import { updateReady } from '../state/update.ts'
import { ui } from '../strings/ui.ts'
import { lazyPart } from './lazy-part.tsx'

const UpdateNotice = lazyPart(() => import('../offline/UpdateNotice.tsx'))

export function Toasts() {
  const hasUpdate = useSignal(updateReady) !== null
  const current = useSignal(toast)
  const act = () => {
    toast.set(null)
    current?.action?.run()
  }
  return (
    <div className="toasts">
      {hasUpdate && (
        <Suspense>
          <UpdateNotice />
        </Suspense>
      )}
      <div role={current?.tone === 'error' ? 'alert' : 'status'}>
        {current && (
          <div className="toast" data-tone={current.tone} data-testid="toast">
            <span>
              {current.detail ? <strong>{current.text}</strong> : current.text}
              {current.detail && <span className="toast-detail">{current.detail}</span>}
            </span>
            {current.action && (
              <button type="button" className="button small" onClick={act} data-testid="toast-action">
                {current.action.label}
              </button>
            )}
            <button type="button" className="quiet icon" aria-label={ui.dismiss} onClick={() => toast.set(null)}>
              <X aria-hidden />
            </button>
          </div>
        )}
      </div>
    </div>
  )
}
