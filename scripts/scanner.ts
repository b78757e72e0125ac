/** Answers for `SOMA_SCANNER_URL` with ClamAV: `npm run scanner -- --clamd HOST:PORT [--listen HOST:PORT] [--max-bytes N]`. */
import { parseArgs } from 'node:util'
import { readVariable } from '../shared/settings/variables.ts'
import { scannerBridge } from './scanner/bridge.ts'

/** The longest silence of clamd, while it scans. Milliseconds. */
const idleMs = 110_000

const { values } = parseArgs({
  options: {
    clamd: { type: 'string', default: '127.0.0.1:3310' },
    listen: { type: 'string', default: '127.0.0.1:3311' },
    'max-bytes': { type: 'string', default: '100000000' },
  },
})

/** Ends the process with the reason if `text` is no address. */
function address(text: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(text) ?? []
  if (host !== '' && Number(port) > 0 && Number(port) < 65_536) return { host, port: Number(port) }
  console.error(`${JSON.stringify(text)} is no address. Write HOST:PORT, such as 127.0.0.1:3310.`)
  process.exit(2)
}

const maxBytes = Number(values['max-bytes'])
if (!(maxBytes > 0)) {
  console.error('--max-bytes must be a number of bytes, the same as StreamMaxLength of clamd.conf.')
  process.exit(2)
}
const clamd = { ...address(values.clamd), idleMs, maxBytes }
const { host, port } = address(values.listen)
scannerBridge(clamd, readVariable(process.env, 'SOMA_SCANNER_TOKEN')).listen(port, host, () =>
  console.log(`The scanner answers at http://${host}:${port}/, and asks clamd at ${values.clamd}.`),
)
