import { useEffect } from 'react'

/**
 * Keeps `--app-height` at the visible height. Safari ignores `interactive-widget=resizes-content` and reports the
 * on-screen keyboard only through the visual viewport.
 */
export function useViewportHeight(): void {
  useEffect(() => {
    const { visualViewport } = window
    if (!visualViewport || !matchMedia('(pointer: coarse)').matches) return
    const fit = () => {
      // A pinch zoom changes the same height and must not resize the page.
      if (visualViewport.scale > 1.01) return
      document.documentElement.style.setProperty('--app-height', `${visualViewport.height}px`)
    }
    fit()
    visualViewport.addEventListener('resize', fit)
    return () => visualViewport.removeEventListener('resize', fit)
  }, [])
}
