/** The versions of Pulumi and of its auth0 plugin that everything here agrees on. */

/** The engine's version; the same as the npm packages `@pulumi/pulumi` and `pulumi` and the Go module in go.mod. */
export const engineVersion = "3.259.0";

/** The Go package that is the official command line. */
export const enginePackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** The plugin's version; the same as the npm package `@pulumi/auth0`, which asks the engine for it. */
export const pluginVersion = "3.49.0";
