import { settings } from '../strings/settings.ts'

interface Props {
  readonly busy: boolean
  readonly onMore: () => void
}

/** Reads the next page of a list. */
export const MoreButton = ({ busy, onMore }: Props) => (
  <div>
    <button type="button" className="button" disabled={busy} onClick={onMore} data-testid="more">
      {busy ? settings.buttons.loading : settings.buttons.more}
    </button>
  </div>
)
