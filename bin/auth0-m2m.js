#!/usr/bin/env node
import { launch } from "./launch.js";

launch("auth0-m2m", "scripts/access/main.ts");
