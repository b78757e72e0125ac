/* eslint-disable */
// Generated from workers/connectors/wrangler.toml by `npm run generate`.
interface __BaseEnv_ConnectorsEnv {
	SOMA_RESIDENCY: string;
	SOMA_LOG_LEVEL: string;
	SOMA_LOOPBACK_TOOLS: string;
	SOMA_DNS_URL: string;
	SOMA_NETWORK_CHECK: string;
	SOMA_ROOT_KEYS: string;
	TENANT: DurableObjectNamespace<import("../../durable-objects/worker").Tenant>;
}
declare namespace Cloudflare {
	interface GlobalProps {
		mainModule: typeof import("./worker");
	}
	interface Env extends __BaseEnv_ConnectorsEnv {}
}
interface ConnectorsEnv extends __BaseEnv_ConnectorsEnv {}
declare module "*.txt" {
	const value: string;
	export default value;
}
declare module "*.html" {
	const value: string;
	export default value;
}
declare module "*.sql" {
	const value: string;
	export default value;
}
declare module "*.bin" {
	const value: ArrayBuffer;
	export default value;
}
declare module "*.wasm" {
	const value: WebAssembly.Module;
	export default value;
}
declare module "*.wasm?module" {
	const value: WebAssembly.Module;
	export default value;
}