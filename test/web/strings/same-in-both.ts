/** Strings that are the same in English and German. */
export const sameInBoth = ['navigation.accountMenu.system']
