import { ApiError } from "./api-error.ts";

/** Roles of Talos' API, as organizations of a client's certificate. */
type Role = "os:admin" | "os:operator" | "os:reader" | "os:etcd:backup";

const ADMIN: readonly Role[] = ["os:admin"];
const OPERATOR: readonly Role[] = ["os:admin", "os:operator"];
const READER: readonly Role[] = ["os:admin", "os:operator", "os:reader"];
const ETCD: readonly Role[] = [...READER, "os:etcd:backup"];

/** Who may call what; for the administrator alone where nothing is said. */
const RULES: Readonly<Record<string, readonly Role[]>> = {
  // Readers in maintenance mode only, where everybody is one.
  ApplyConfiguration: READER,
  EtcdMemberList: ETCD,
  EtcdSnapshot: ["os:admin", "os:operator", "os:etcd:backup"],
  EtcdStatus: ETCD,
  Events: READER,
  Memory: READER,
  Mounts: READER,
  Pull: OPERATOR,
  Reboot: OPERATOR,
  ServiceList: READER,
  Shutdown: OPERATOR,
  Version: READER,
  Get: READER,
  List: READER,
  Watch: READER,
};

/** @throws ApiError where none of the roles may call the method */
export function authorize(method: string, roles: readonly string[], isMaintenance: boolean): void {
  const isLimited = method === "ApplyConfiguration" && !isMaintenance;
  const allowed: readonly string[] = isLimited ? ADMIN : (RULES[method] ?? ADMIN);
  if (!roles.some((role) => allowed.includes(role))) throw notAuthorized();
}

/** @throws ApiError for anybody but an administrator */
export function requireAdmin(roles: readonly string[]): void {
  if (!roles.includes("os:admin")) throw notAuthorized();
}

function notAuthorized(): ApiError {
  return new ApiError("PERMISSION_DENIED", "not authorized");
}
