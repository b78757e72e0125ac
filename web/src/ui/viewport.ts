import { useEffect } from 'react'

/**
 * Keeps `--app-height` at the height that is really visible. `interactive-widget=resizes-content` does it where it is
 * known; Safari only tells through the visual viewport that the keyboard came up.
 */
export function useViewportHeight(): void {
  useEffect(() => {
    const { visualViewport } = window
    if (!visualViewport || !matchMedia('(pointer: coarse)').matches) return
    const fit = () => {
      // A pinch changes the same number, and must not squeeze the page.
      if (visualViewport.scale > 1.01) return
      document.documentElement.style.setProperty('--app-height', `${visualViewport.height}px`)
    }
    fit()
    visualViewport.addEventListener('resize', fit)
    return () => visualViewport.removeEventListener('resize', fit)
  }, [])
}
