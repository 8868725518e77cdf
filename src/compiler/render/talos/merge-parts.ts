import { refuse, type Sides, take, textOf, type Walk } from "./walk.ts";

/** Merges URLs as Go merges the parts of one: each part that the patch's URL has replaces that of the other. */
export function mergeUrl(walk: Walk, sides: Sides): unknown {
  const { left, right } = sides;
  if (right === null || right === undefined || right === "") return left;
  if (left === null || left === undefined || left === "") return take(walk, sides);
  const [old, own] = [partsOf(textOf(left)), partsOf(textOf(right))];
  if (old.user !== "" && own.user !== "") {
    return refuse(
      walk,
      {
        code: "ICH5111",
        message: `of ${walk.document} is a URL with a user name, and Talos cannot merge another user name into it`,
        hint: "delete what is there in one patch document (`$patch: delete`) and set it anew in the next",
      },
      left,
    );
  }
  const merged = printUrl({
    scheme: own.scheme || old.scheme,
    user: own.user || old.user,
    host: own.host || old.host,
    path: own.path || old.path,
    query: own.query || old.query,
    fragment: own.fragment || old.fragment,
  });
  return take(walk, { left, right: merged });
}

/** Merges sizes: Talos keeps an absolute and a relative one side by side, and uses the absolute one. */
export function mergeSize(walk: Walk, sides: Sides): unknown {
  const { left, right } = sides;
  if (right === null || right === undefined || right === "") return left;
  const staysAbsolute =
    left !== null && left !== undefined && left !== "" && !isRelative(left) && isRelative(right);
  return staysAbsolute ? left : take(walk, sides);
}

function isRelative(size: unknown): boolean {
  return textOf(size).includes("%");
}

interface UrlParts {
  readonly scheme: string;
  readonly user: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

/** Splits a URL by the expression of RFC 3986, appendix B. */
function partsOf(url: string): UrlParts {
  const match = /^(?:([^:/?#]+):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(
    url,
  );
  const [, scheme = "", user = "", host = "", path = "", query = "", fragment = ""] = match ?? [];
  return { scheme, user, host, path, query, fragment };
}

function printUrl({ scheme, user, host, path, query, fragment }: UrlParts): string {
  const authority = user === "" && host === "" ? "" : `//${user === "" ? "" : `${user}@`}${host}`;
  const slash = authority !== "" && path !== "" && !path.startsWith("/") ? "/" : "";
  return [
    scheme === "" ? "" : `${scheme}:`,
    authority,
    slash + path,
    query === "" ? "" : `?${query}`,
    fragment === "" ? "" : `#${fragment}`,
  ].join("");
}
