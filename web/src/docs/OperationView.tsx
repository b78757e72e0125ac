import '../markdown/code.css'
import { docs } from '../strings/docs.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { curlFor } from './example.ts'
import { Fold } from './Fold.tsx'
import type { OpenApi, Operation } from './openapi.ts'
import { Field, SchemaView } from './SchemaView.tsx'

export function OperationView({ document, operation }: { readonly document: OpenApi; readonly operation: Operation }) {
  const curl = curlFor(document, operation, location.origin)
  const body = Object.entries(operation.requestBody?.content ?? {})[0]
  return (
    <section
      className="operation"
      id={operation.id}
      aria-labelledby={`${operation.id}-title ${operation.id}-route`}
      data-testid="operation"
    >
      <div className="operation-words">
        <h3 id={`${operation.id}-title`}>{operation.summary}</h3>
        <p className="route" id={`${operation.id}-route`}>
          <span className="method" data-method={operation.method}>
            {operation.method}
          </span>
          <code>{operation.path}</code>
        </p>
        {operation.description && <p>{operation.description}</p>}
        {operation.parameters.length > 0 && (
          <>
            <h4>{docs.parameters}</h4>
            <dl className="fields">
              {operation.parameters.map((parameter) => (
                <Field
                  key={`${parameter.in}-${parameter.name}`}
                  document={document}
                  name={parameter.name}
                  schema={{ ...parameter.schema, ...(parameter.description ? { description: parameter.description } : {}) }}
                  required={parameter.required ?? false}
                />
              ))}
            </dl>
          </>
        )}
        {body?.[1].schema && (
          <>
            <h4>{docs.body}</h4>
            <SchemaView document={document} schema={body[1].schema} />
          </>
        )}
        <h4>{docs.responses}</h4>
        <Responses document={document} operation={operation} />
      </div>
      <figure className="code">
        <figcaption>
          <span>curl</span>
          <CopyButton text={curl} label={docs.copyCurl({ operation: operation.summary })} testId="copy-curl" />
        </figcaption>
        <ScrollBox as="pre">
          <code>{curl}</code>
        </ScrollBox>
      </figure>
    </section>
  )
}

const Responses = ({ document, operation }: { readonly document: OpenApi; readonly operation: Operation }) => (
  <ul className="answers">
    {Object.entries(operation.responses).map(([status, response]) => {
      const contents = Object.entries(response.content ?? {})
      return (
        <li key={status}>
          <Fold
            label={
              <>
                <span className="status number" data-class={status[0]}>
                  {status}
                </span>
                {response.description}
              </>
            }
          >
            {contents.length === 0 && <p className="doc-type">{docs.emptyResponse}</p>}
            {contents.map(([type, { schema }]) => (
              <div key={type}>
                <p className="doc-type">{type}</p>
                {schema && <SchemaView document={document} schema={schema} depth={1} />}
              </div>
            ))}
          </Fold>
        </li>
      )
    })}
  </ul>
)
