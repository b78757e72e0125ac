/** A ref that focuses its element when it mounts. Use it only for the element that the user asked for, or for a page's only action. */
export const focusOnMount = (element: HTMLElement | null): void => element?.focus()
