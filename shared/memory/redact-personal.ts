/** E-mail addresses and telephone numbers in memories. Pure. The patterns are those of `personal` in policy.rego. */

const email = /[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g
const telephone = /(^|[^0-9])(?:\+?[0-9]{1,3}[ .-]?)?(?:\([0-9]{3}\)|[0-9]{3})[ .-]?[0-9]{3}[ .-]?[0-9]{4}(?![0-9])/g

/** The text with a note in the place of each. */
export const redactPersonal = (text: string): string => text.replace(email, '[e-mail address]').replace(telephone, '$1[telephone number]')
