import { announcement } from '../state/announce.ts'
import { useSignal } from '../state/signal.ts'

/** The page's only status region. It never holds a text that is still streaming. */
export const LiveRegion = () => (
  <div className="visually-hidden" role="status" data-testid="announcer">
    {useSignal(announcement)}
  </div>
)
