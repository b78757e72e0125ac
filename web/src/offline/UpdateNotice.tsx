import { useState } from 'react'
import { useSignal } from '../state/signal.ts'
import { reloadWith, updateReady } from '../state/update.ts'
import { offline } from '../strings/offline.ts'

/** Offers a new version. The page reloads only when the user asks for it. */
export default function UpdateNotice() {
  const worker = useSignal(updateReady)
  const [later, setLater] = useState<ServiceWorker | null>(null)
  if (worker === null || worker === later) return null
  return (
    <div className="toast" role="status" data-testid="update-notice">
      <span>{offline.newVersion}</span>
      <button type="button" className="button small primary" onClick={() => reloadWith(worker)} data-testid="update-reload">
        {offline.reloadButton}
      </button>
      <button type="button" className="button small" onClick={() => setLater(worker)} data-testid="update-later">
        {offline.laterButton}
      </button>
    </div>
  )
}
