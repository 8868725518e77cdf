/** A rule file that fits ichor's folders, for help and messages. */
export const RULES_EXAMPLE = `creation_rules:
  # bundles of clusters: certificates stay readable, so that everybody can check whose they are and when they end
  - path_regex: ^clusters/[^/]+/[^/]+/secrets\\.sops\\.yaml$
    encrypted_regex: ^(key|token|secret|id|bootstraptoken|secretboxencryptionsecret|aescbcencryptionsecret)$
    age:
      - age1...  # each person, each site's applier, one recovery key that is kept offline
  # all else: every value
  - path_regex: ^inventory/.*\\.sops\\.yaml$
    age:
      - age1...
`;
