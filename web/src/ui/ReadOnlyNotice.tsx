import { useIsAdmin } from '../state/me.ts'

/** Informs members who may read a page, but not change it, before they fill in a form. Administrators see nothing. */
export const ReadOnlyNotice = () =>
  useIsAdmin() ? null : <p className="notice">You can read this page. Only an administrator of the workspace can change it.</p>
