/** What a parameter may say; `is` refuses everything else, `form` tells people. */
interface Parameter {
  readonly is: (value: string) => boolean;
  readonly form: string;
}

/** Where secrets are kept: which parameters a reference may have, and whether it names a key (the part after #). */
interface BackendEntry {
  readonly parameters: readonly ParameterName[];
  readonly key: "needed" | "allowed" | "refused";
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether a text can be the name of an environment variable. */
export function isVariable(name: string): boolean {
  return VARIABLE.test(name);
}

const oneOf = (...values: readonly string[]): Parameter => ({
  is: (value) => values.includes(value),
  form: values.map((value) => `\`${value}\``).join(" or "),
});
const variable: Parameter = { is: isVariable, form: "the name of an environment variable" };
const file: Parameter = { is: (value) => value !== "", form: "the path of a file" };
const printable = (form: string): Parameter => ({ is: (value) => /^[\x21-\x7e]+$/.test(value), form });

const PARAMETERS = {
  decode: oneOf("raw", "base64"),
  address: { is: isAddress, form: "an address like https://vault.example.com:8200" },
  host: { is: (host) => isAddress(`https://${host}`), form: "a host like vault.example.com:8200" },
  proto: oneOf("https", "http"),
  namespace: printable("the name of a namespace"),
  auth_method: oneOf("token", "approle", "jwt"),
  token_env: variable,
  token_file: file,
  role_id: printable("the name or the ID of a role"),
  secret_id_env: variable,
  jwt_env: variable,
  jwt_file: file,
  version: { is: (value) => /^[1-9]\d{0,8}$/.test(value), form: "a whole number from 1" },
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof PARAMETERS;

const vault: BackendEntry = { parameters: Object.keys(PARAMETERS) as ParameterName[], key: "needed" };

const BACKENDS = {
  sops: { parameters: ["decode"], key: "needed" },
  file: { parameters: ["decode"], key: "allowed" },
  // The second is how vals spells it.
  env: { parameters: ["decode"], key: "refused" },
  envsubst: { parameters: ["decode"], key: "refused" },
  vault,
  openbao: vault,
} as const satisfies Record<string, BackendEntry>;

export type Backend = keyof typeof BACKENDS;

export const BACKEND_NAMES = Object.keys(BACKENDS) as readonly Backend[];

export function isBackend(name: string): name is Backend {
  return Object.hasOwn(BACKENDS, name);
}

export function isVault(backend: Backend): backend is "vault" | "openbao" {
  return backend === "vault" || backend === "openbao";
}

/** What holds of the references to a backend. */
export function backendEntry(backend: Backend): BackendEntry {
  return BACKENDS[backend];
}

/** What a parameter may say. */
export function parameterEntry(name: ParameterName): Parameter {
  return PARAMETERS[name];
}

/** Whether a text is the address of a server: http or https, a host, perhaps a port and a path, and nothing else. */
export function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || !/^https?:\/\//.test(text)) return false;
  return url.username === "" && url.password === "" && !/[?#@\s]/.test(text);
}
