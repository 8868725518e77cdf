import { afterAll, beforeAll } from "vitest";
import { kubernetesContract } from "../../contract/kubernetes-contract.ts";
import { type ApiServer, startApiServer } from "../kube-apiserver.ts";

/** `npm run conformance:kubernetes`: our driver against Kubernetes' own API server. */

let server: ApiServer | undefined;

beforeAll(async () => {
  server = await startApiServer();
});

afterAll(() => server?.stop());

kubernetesContract("Kubernetes' own API server", () => {
  if (server === undefined) throw new Error("there is no server");
  return server.open();
});
