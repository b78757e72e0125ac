/* eslint-disable */
// Generated from workers/tools/wrangler.toml by `npm run generate`.
interface __BaseEnv_ToolsEnv {
	FILES: R2Bucket;
	SOMA_RESIDENCY: string;
	SOMA_LOG_LEVEL: string;
	OPA_URL: string;
	OPA_TOKEN: string;
	SOMA_PYTHON_URL: string;
	SOMA_PYTHON_TOKEN: string;
	SESSION: DurableObjectNamespace<import("../../durable-objects/worker").Session>;
	TENANT: DurableObjectNamespace<import("../../durable-objects/worker").Tenant>;
	ACCOUNTS: DurableObjectNamespace<import("../../durable-objects/worker").Accounts>;
	AUDIT_TRAIL: DurableObjectNamespace<import("../../durable-objects/worker").AuditTrail>;
	MEMORY: DurableObjectNamespace<import("../../durable-objects/worker").Memory>;
	HOME: DurableObjectNamespace<import("../../durable-objects/worker").Home>;
	ATTACHMENTS: DurableObjectNamespace<import("../../durable-objects/worker").Attachments>;
	WEB: Service<typeof import("../connectors/worker").WebAccess>;
	MCP: Service<typeof import("../connectors/worker").McpConnector>;
	CODE: Service<typeof import("../code/worker").CodeRunner>;
	DOCUMENTS: Service<typeof import("../documents/worker").DocumentText>;
}
declare namespace Cloudflare {
	interface GlobalProps {
		mainModule: typeof import("./worker");
	}
	interface Env extends __BaseEnv_ToolsEnv {}
}
interface ToolsEnv extends __BaseEnv_ToolsEnv {}
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