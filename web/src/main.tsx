import "./theme/index.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { client } from "./me/queries";
import { router } from "./router";
import { words } from "./strings/common";
import { mantineTheme, startTheme, useWorn } from "./theme/theme";
import { Toasts } from "./ui/toast";

function Root() {
  const worn = useWorn();
  return (
    <MantineProvider theme={mantineTheme} forceColorScheme={worn === "light" ? "light" : "dark"} withCssVariables={false} withStaticClasses>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Toasts />
        <div data-mantine-shared-portal-node="true" role="region" aria-label={words.opened} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

startTheme();
const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <Root />
    </StrictMode>,
  );
}
