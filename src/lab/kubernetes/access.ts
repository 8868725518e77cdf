import { Refusal } from "./refusal.ts";

/** Who a client's certificate says it is. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/**
 * Lets administrators do everything and others nothing.
 *
 * @param path its parts
 * @throws Refusal
 */
export function authorize(
  { user, method }: { readonly user: User | undefined; readonly method: string },
  path: readonly string[],
): void {
  if (user === undefined) throw new Refusal(401, "Unauthorized", "Unauthorized");
  if (user.groups.includes("system:masters")) return;
  const who = `User ${JSON.stringify(user.name)} cannot`;
  const [, , resource, namespace, kind, name, subresource] = path;
  if (path[0] !== "api" || resource === undefined) {
    const text = `forbidden: ${who} ${method.toLowerCase()} path ${JSON.stringify(`/${path.join("/")}`)}`;
    throw new Refusal(403, "Forbidden", text, {});
  }
  const isSpaced = resource === "namespaces" && kind !== undefined;
  const [what, which] = isSpaced ? [kind, name] : [resource, namespace];
  const verb =
    { GET: which === undefined ? "list" : "get", PATCH: "patch", POST: "create" }[method] ?? "delete";
  const target = subresource === undefined ? what : `${what}/${subresource}`;
  const at = isSpaced ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  const called = which === undefined ? what : `${what} ${JSON.stringify(which)}`;
  throw new Refusal(
    403,
    "Forbidden",
    `${called} is forbidden: ${who} ${verb} resource ${JSON.stringify(target)} in API group "" ${at}`,
    { kind: what, ...(which !== undefined && { name: which }) },
  );
}
