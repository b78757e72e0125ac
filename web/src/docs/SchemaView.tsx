import { docs } from '../strings/docs.ts'
import { Fold } from './Fold.tsx'
import { limitsOf, type OpenApi, resolve, type Schema, typeName } from './openapi.ts'

interface Props {
  readonly document: OpenApi
  readonly schema: Schema
  /** Nesting depth. Schemas may refer to themselves. */
  readonly depth?: number
}

const maxDepth = 4

/** The fields of a schema; nested fields are folded. */
export function SchemaView({ document, schema: reference, depth = 0 }: Props) {
  const { schema } = resolve(document, reference)
  if (schema.type === 'array' && schema.items) return <SchemaView document={document} schema={schema.items} depth={depth} />
  const choices = schema.oneOf ?? schema.anyOf
  if (choices && depth < maxDepth) {
    return (
      <div className="choices">
        {choices.map((choice, index) => (
          <Fold key={index} label={choiceName(document, choice)}>
            <SchemaView document={document} schema={choice} depth={depth + 1} />
          </Fold>
        ))}
      </div>
    )
  }
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0) return <p className="doc-type">{typeName(document, reference)}</p>
  const required = new Set(schema.required)
  return (
    <dl className="fields">
      {fields.map(([name, field]) => (
        <Field key={name} name={name} document={document} schema={field} required={required.has(name)} depth={depth} />
      ))}
    </dl>
  )
}

interface FieldProps extends Props {
  readonly name: string
  readonly required: boolean
}

export function Field({ document, schema, name, required, depth = 0 }: FieldProps) {
  const { schema: target } = resolve(document, schema)
  const limits = limitsOf(target)
  const inner = target.type === 'array' ? resolve(document, target.items ?? {}).schema : target
  const nested = inner.properties !== undefined && depth < maxDepth
  return (
    <div className="field">
      <dt>
        <code>{name}</code>
        <span className="doc-type">{typeName(document, schema)}</span>
        {required && <span className="doc-required">{docs.required}</span>}
        {limits && <span className="doc-limits">{limits}</span>}
      </dt>
      <dd>
        {(schema.description ?? target.description) && <p>{schema.description ?? target.description}</p>}
        {nested && (
          <Fold label={docs.fields}>
            <SchemaView document={document} schema={inner} depth={depth + 2} />
          </Fold>
        )}
      </dd>
    </div>
  )
}

/** The name of a union's arm: its `type` constant or its type name. */
function choiceName(document: OpenApi, schema: Schema): string {
  const type = resolve(document, schema).schema.properties?.type
  return type?.const !== undefined ? String(type.const) : typeName(document, schema)
}
