/** Preloaded into the peers, which would listen on every interface: without a host, they listen on this machine only. */
import { Server } from 'node:net'

// `listen` with a host would be asynchronous, and the peers read their port at once.
const { _listen2: listen } = Server.prototype
Server.prototype._listen2 = function (address, port, addressType, ...rest) {
  return address === null ? listen.call(this, '127.0.0.1', port, 4, ...rest) : listen.call(this, address, port, addressType, ...rest)
}
