import { useIsAdmin } from '../state/me.ts'
import { ui } from '../strings/ui.ts'

/** Informs members who may read a page, but not change it, before they fill in a form. Administrators see nothing. */
export const ReadOnlyNotice = () => (useIsAdmin() ? null : <p className="notice">{ui.readOnlyNotice}</p>)
