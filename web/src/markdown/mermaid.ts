/** Draws Mermaid diagrams of a model, which are untrusted. */
import mermaid from 'mermaid'

export interface DiagramImage {
  /** A data URL. An image runs no script, loads nothing, and its styles do not reach the page. */
  readonly src: string
  /** CSS pixels. */
  readonly width: number
  readonly height: number
}

/** UTF-16 units of a diagram's code. */
const maxUnits = 20_000

let drawn = 0

/** Draws `source` in the colours of the page. Rejects if Mermaid does not understand it. */
export async function draw(source: string): Promise<DiagramImage> {
  if (source.length > maxUnits) throw new Error('The diagram is too long')
  const stage = document.createElement('div')
  stage.className = 'diagram-stage'
  stage.setAttribute('aria-hidden', 'true')
  document.body.append(stage)
  try {
    mermaid.initialize(configuration())
    drawn += 1
    const { svg } = await mermaid.render(`diagram-${drawn}`, withoutAttributes(source), stage)
    return toImage(svg)
  } finally {
    stage.remove()
  }
}

/** Removes the attributes of HTML in labels, because Mermaid parses labels inside the page before it sanitizes them. */
const withoutAttributes = (source: string): string =>
  source.replace(/<([a-z][\w-]*)[\s/][^>]*>/gi, (tag, name: string) => (tag.includes('=') ? `<${name}>` : tag))

/** The page's font is not there in an image. */
const fontFamily = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'

function configuration(): Parameters<typeof mermaid.initialize>[0] {
  const colour = colours()
  return {
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    maxTextSize: maxUnits,
    maxEdges: 300,
    // Labels are text, and what HTML is left in them loads nothing.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    dompurifyConfig: {
      FORBID_TAGS: ['img', 'image', 'picture', 'video', 'audio', 'source', 'iframe', 'object', 'embed', 'link', 'style', 'a'],
    },
    look: 'classic',
    theme: 'base',
    themeCSS: '.edgeLabel rect, .labelBkg { opacity: 1; }',
    fontFamily,
    themeVariables: {
      darkMode: isDark(),
      fontFamily,
      fontSize: '14px',
      background: colour('surface'),
      primaryColor: colour('raised'),
      primaryTextColor: colour('text'),
      primaryBorderColor: colour('control'),
      secondaryColor: colour('raised'),
      tertiaryColor: colour('bg'),
      lineColor: colour('muted'),
      textColor: colour('text'),
      noteBkgColor: colour('raised'),
      noteTextColor: colour('text'),
      noteBorderColor: colour('hairline'),
      edgeLabelBackground: colour('surface'),
      useGradient: false,
      dropShadow: 'none',
      errorBkgColor: colour('surface'),
      errorTextColor: colour('text'),
    },
    // A diagram cannot change these itself.
    secure: [
      'secure',
      'securityLevel',
      'startOnLoad',
      'maxTextSize',
      'maxEdges',
      'suppressErrorRendering',
      'htmlLabels',
      'dompurifyConfig',
      'look',
      'theme',
      'themeCSS',
      'themeVariables',
      'fontFamily',
      'altFontFamily',
    ],
  }
}

const isDark = (): boolean => {
  const { theme } = document.documentElement.dataset
  return theme === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
}

/** Reads the page's colours by the names of their custom properties. */
function colours(): (name: string) => string {
  const probe = document.createElement('span')
  return (name) => {
    document.body.append(probe)
    probe.style.color = `var(--${name})`
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
}

/** An image of an SVG with its own size. Throws if `html` holds none. */
function toImage(html: string): DiagramImage {
  const template = document.createElement('template')
  template.innerHTML = html
  const svg = template.content.querySelector('svg')
  const [, , width = 0, height = 0] = (svg?.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number)
  if (svg === null || !(width > 0 && height > 0)) throw new Error('Mermaid returned no picture')
  svg.setAttribute('width', String(width))
  svg.setAttribute('height', String(height))
  const text = new XMLSerializer().serializeToString(svg)
  return { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, width: Math.ceil(width), height: Math.ceil(height) }
}
