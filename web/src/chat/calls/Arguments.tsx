import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { argumentParts } from './pretty.ts'

/** The arguments of a call. A text with several lines, such as a program, stands below its name. */
export const Arguments = ({ json }: { readonly json: string }) =>
  argumentParts(json).map(({ name, text }) =>
    name === null ? (
      <ScrollBox as="pre" key="" data-testid="call-arguments">
        {text}
      </ScrollBox>
    ) : (
      <figure key={name} className="call-text">
        <figcaption>
          <code>{name}</code>
        </figcaption>
        <ScrollBox as="pre" aria-label={name}>
          {text}
        </ScrollBox>
      </figure>
    ),
  )
