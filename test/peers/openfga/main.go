// The real OpenFGA server: its rules, its HTTP API and its errors, over its own in-memory store.
// It omits three database drivers, metrics, tracing and the command line, so it builds in a third of the time.
package main

import (
	"context"
	"flag"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/gateway"
	"github.com/openfga/openfga/pkg/logger"
	httpmiddleware "github.com/openfga/openfga/pkg/middleware/http"
	"github.com/openfga/openfga/pkg/middleware/validator"
	"github.com/openfga/openfga/pkg/server"
	serverErrors "github.com/openfga/openfga/pkg/server/errors"
	"github.com/openfga/openfga/pkg/storage/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
)

func main() {
	address := flag.String("http-addr", "", "the address of the HTTP API")
	flag.Parse()
	key := "Bearer " + os.Getenv("OPENFGA_KEY")

	quiet := logger.NewNoopLogger()
	service := server.MustNewServerWithOpts(
		server.WithDatastore(memory.New()),
		server.WithLogger(quiet),
		server.WithTransport(gateway.NewRPCTransport(quiet)),
	)
	defer service.Close()

	// Interceptors and encodings belong to gRPC, so the HTTP API calls gRPC within this process.
	pipe := bufconn.Listen(1 << 20)
	rpc := grpc.NewServer(grpc.ChainUnaryInterceptor(validator.UnaryServerInterceptor()))
	openfgav1.RegisterOpenFGAServiceServer(rpc, service)
	go func() { must(rpc.Serve(pipe)) }()
	conn, err := grpc.NewClient("passthrough:///openfga",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(err)

	mux := runtime.NewServeMux(
		runtime.WithForwardResponseOption(httpmiddleware.HTTPResponseModifier),
		runtime.WithErrorHandler(func(c context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, e error) {
			code := serverErrors.ConvertToEncodedErrorCode(status.Convert(e))
			httpmiddleware.CustomHTTPErrorHandler(c, w, r, serverErrors.NewEncodedError(code, e.Error()))
		}),
		runtime.WithOutgoingHeaderMatcher(func(s string) (string, bool) { return s, true }),
	)
	must(openfgav1.RegisterOpenFGAServiceHandler(context.Background(), mux, conn))
	must(http.ListenAndServe(*address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			w.WriteHeader(http.StatusOK)
		case !strings.EqualFold(r.Header.Get("Authorization"), key) || len(key) < 20:
			http.Error(w, `{"code":"bearer_token_missing"}`, http.StatusUnauthorized)
		default:
			mux.ServeHTTP(w, r)
		}
	})))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
