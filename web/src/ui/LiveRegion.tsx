import { announcement } from '../state/announce.ts'
import { useSignal } from '../state/signal.ts'

/** The page's only status region: it never holds text that is still being written. */
export const LiveRegion = () => (
  <div className="visually-hidden" role="status" data-testid="announcer">
    {useSignal(announcement)}
  </div>
)
